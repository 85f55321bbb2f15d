import datetime as dt
from decimal import Decimal as D
from flask import Flask
from app import audit, scope, workflows
from app.database import db, engine_options
from app import models as m, clock, enums as e
from app.actor import Actor, SYSTEM, acting_as
from app.unit_of_work import create, fire, change
from app.provision import _rows
from flask_appbuilder.security.sqla.models import Role
import pytest
from flask_babel import Babel

@pytest.fixture(params=["sqlite:////tmp/w/spike.db","postgresql://root@127.0.0.1/test"])
def app(request):
    app=Flask("x"); app.config["SQLALCHEMY_DATABASE_URI"]=request.param
    app.config["SQLALCHEMY_ENGINE_OPTIONS"]=engine_options(request.param)
    db.init_app(app); Babel(app); audit.remember_old_values()
    with app.app_context():
        db.drop_all(); db.create_all()
        yield app
        db.session.remove()

def test_chain(app):
    with acting_as(SYSTEM), clock.on(dt.date(2025,3,5)):
        dep=create(m.Department, dict(code="1",name="总部"))
        people={}
        roles=_rows(Role,["salesperson","sales_manager","finance","clerk","keeper"])
        from app.workflows.organisation import account
        for i,(k,n,r) in enumerate([("s","张敏","salesperson"),("m","周伟","sales_manager"),("f","吴芳","finance"),("c","内勤","clerk"),("k","库管","keeper")]):
            p=create(m.Employee, dict(staff_number=str(i),name=n,mobile=f"1390000100{i}",department=dep))
            with scope.elevated():
                p.user_id=account.add(k,p,[r],"demo",must_change=False,is_demo=True).id
                db.session.commit()
            people[k]=Actor(n,p.id,p.user_id,frozenset({r}),frozenset({dep.id}))
        mm=create(m.MachineModel, dict(brand="恒立",model="ht215",category=e.MachineCategory.EXCAVATOR,list_price=D(1100000),floor_price=D(1000000)))
        wh=create(m.Warehouse, dict(code="ZJ",name="整机库",kind=e.WarehouseKind.MACHINE,department=dep,keepers=[dict(employee_id=people["k"].employee_id)]))
        sup=create(m.Supplier, dict(name="主机厂",kind=e.SupplierKind.OEM))
        inb=create(m.MachineInbound, dict(kind=e.InboundKind.PURCHASE,supplier=sup,model=mm,serial_number="ht215-0007",condition=e.UnitCondition.NEW,warehouse=wh,gross_amount=D(904000)))
        fire(inb,"receive",inspection=e.InspectionResult.PASS)
        assert inb.unit.cost_amount==D(800000)
        ct=create(m.CouponType, dict(name="配件券",scope=e.CouponScope.PART))
        acc=create(m.FundAccount, dict(name="工行",kind=e.AccountKind.BANK))
        from stdnum.cn import uscc
        code="91340100MA2N0000"+"0"; code=code[:17]+uscc.calc_check_digit(code[:17])
        unit=inb.unit
    S=people["s"]
    with clock.on(dt.date(2025,3,5)):
        with acting_as(S):
            contact=create(m.Contact, dict(name="王建国",mobile="13900000001",salesperson_id=S.employee_id))
            cust=create(m.Customer, dict(name="安徽恒达土石方有限公司",kind=e.CustomerKind.COMPANY,credit_code=code,mobile="13900000001",salesperson_id=S.employee_id))
            c=create(m.MachineContract, dict(customer=cust,contact=contact,pay_mode=e.PayMode.INSTALMENT,deposit_amount=D(20000),down_share=D("0.3"),retention_share=D("0.05"),periods=12,annual_rate=D("0.06"),first_due_on=dt.date(2025,4,30),repay_day=31,
               lines=[dict(model=mm,unit=unit,unit_price=D(1050000))],
               fees=[dict(kind=e.FeeKind.GPS,nature=e.FeeNature.REVENUE,amount=D(3000),due_rule=e.DueRule.BEFORE_DISPATCH),dict(kind=e.FeeKind.INSURANCE,nature=e.FeeNature.AGENCY,amount=D(12000),due_rule=e.DueRule.BEFORE_DISPATCH)],
               gifts=[dict(coupon_type=ct,face_amount=D(5000),valid_days=365)]))
            assert (c.total_amount,c.down_amount,c.retention_amount,c.finance_amount)==(D(1065000),D(315000),D(52500),D(682500))
            fire(c,"submit")
            assert unit.state is e.UnitState.RESERVED
    with clock.on(dt.date(2025,3,6)):
        fire(c,"approve",by=people["m"])
        fire(c,"approve",by=people["f"])
        with acting_as(people["f"]):
            assert c.state is e.ContractState.APPROVED and c.outstanding_amount==D("1087384.08")
            from app.ledgers import receivable
            rs=receivable.of_contract(c); assert len(rs)==17
            r={ (x.kind.name,x.fee_kind.name if x.fee_kind else ""):x for x in rs}
        with acting_as(people["c"]):
            k=create(m.Receipt, dict(customer=cust,funds=[dict(kind=e.FundKind.BANK,account=acc,amount=D(320000),serial="A1")],allocations=[dict(receivable=r["DEPOSIT",""],amount=D(20000)),dict(receivable=r["DOWN",""],amount=D(295000)),dict(receivable=r["FEE","GPS"],amount=D(3000)),dict(receivable=r["FEE","INSURANCE"],amount=D(2000))]))
        fire(k,"confirm",by=people["f"])
    with clock.on(dt.date(2025,3,10)):
        from app.errors import NotPaidEnough
        with acting_as(people["c"]): line=c.lines[0]
        with pytest.raises(NotPaidEnough) as x: fire(c,"dispatch",by=people["c"],line=line,receiver="王建国",is_checked=True)
        assert "10,000.00" in str(x.value)
        with acting_as(people["c"]):
            k=create(m.Receipt, dict(customer=cust,funds=[dict(kind=e.FundKind.BANK,account=acc,amount=D(10000),serial="A2")],allocations=[dict(receivable=r["FEE","INSURANCE"],amount=D(10000))]))
        fire(k,"confirm",by=people["f"])
    with clock.on(dt.date(2025,3,12)):
        fire(c,"dispatch",by=people["c"],key="q",line=line,receiver="王建国",is_checked=True)
        fire(c,"dispatch",by=people["c"],key="q",line=line,receiver="王建国",is_checked=True)
    with acting_as(people["f"]):
        d=db.session.scalars(db.select(m.MachineDispatch)).all(); assert len(d)==1
        assert d[0].margin_amount==D("129203.54")
        assert c.outstanding_amount==D("757384.08")
        cp=db.session.scalars(db.select(m.Coupon)).one(); assert cp.valid_to==dt.date(2026,3,12)
        rt=db.session.scalars(db.select(m.Retention)).one(); assert rt.due_on==dt.date(2026,3,13)
        assert db.session.scalars(db.select(m.VisitTask)).all()==[]   # finance may not see
    with acting_as(SYSTEM):
        assert db.session.scalars(db.select(m.VisitTask)).one().planned_on==dt.date(2025,3,15)
